module rolechain/helper

go 1.24

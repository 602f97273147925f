// The unmodified SDK with its default credential chain, driven by lines: see test/sdks/client.ts.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

type answer map[string]any

type clients struct {
	sts *sts.Client
	s3  *s3.Client
}

func (c clients) identity(ctx context.Context) (string, error) {
	output, err := c.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", err
	}
	return aws.ToString(output.Arn), nil
}

func (c clients) read(ctx context.Context, bucket, key string) (string, error) {
	output, err := c.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(output.Body)
	return string(text), err
}

func (c clients) parallel(ctx context.Context, count int) ([]string, error) {
	var all sync.WaitGroup
	var lock sync.Mutex
	found := map[string]bool{}
	var failed error
	for range make([]struct{}, count) {
		all.Add(1)
		go func() {
			defer all.Done()
			arn, err := c.identity(ctx)
			lock.Lock()
			defer lock.Unlock()
			if err != nil {
				failed = err
			}
			found[arn] = true
		}()
	}
	all.Wait()
	arns := []string{}
	for arn := range found {
		arns = append(arns, arn)
	}
	return arns, failed
}

func clientsOf(settings aws.Config) clients {
	return clients{sts.NewFromConfig(settings), s3.NewFromConfig(settings)}
}

func (c *clients) answer(ctx context.Context, words []string) (answer, error) {
	switch words[0] {
	case "identity":
		arn, err := c.identity(ctx)
		return answer{"identity": arn}, err
	case "read":
		text, err := c.read(ctx, words[1], words[2])
		return answer{"text": text}, err
	case "profile":
		settings, err := config.LoadDefaultConfig(ctx, config.WithSharedConfigProfile(words[1]))
		if err == nil {
			*c = clientsOf(settings)
		}
		return answer{"region": settings.Region}, err
	default:
		count, _ := strconv.Atoi(words[1])
		arns, err := c.parallel(ctx, count)
		return answer{"identities": arns}, err
	}
}

func main() {
	ctx := context.Background()
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		panic(err)
	}
	c := clientsOf(settings)
	say := json.NewEncoder(os.Stdout)
	say.Encode(answer{"version": "aws-sdk-go-v2 " + aws.SDKVersion})
	for lines := bufio.NewScanner(os.Stdin); lines.Scan() && lines.Text() != "quit"; {
		reply, err := c.answer(ctx, strings.Fields(lines.Text()))
		if err != nil {
			reply = answer{"error": err.Error()}
		}
		say.Encode(reply)
	}
}

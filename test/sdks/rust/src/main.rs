//! The unmodified SDK with its default credential chain, driven by lines: see test/sdks/client.ts.

use aws_sdk_s3::error::DisplayErrorContext;
use serde_json::{json, Value};
use std::collections::BTreeSet;
use std::error::Error;
use std::io::{stdin, BufRead};

type Answer<T> = Result<T, Box<dyn Error + Send + Sync>>;

async fn identity(sts: aws_sdk_sts::Client) -> Answer<String> {
    let output = sts.get_caller_identity().send().await?;
    Ok(output.arn().unwrap_or_default().to_owned())
}

async fn read(s3: &aws_sdk_s3::Client, bucket: &str, key: &str) -> Answer<String> {
    let output = s3.get_object().bucket(bucket).key(key).send().await?;
    Ok(String::from_utf8(output.body.collect().await?.to_vec())?)
}

async fn parallel(sts: &aws_sdk_sts::Client, count: usize) -> Answer<BTreeSet<String>> {
    let calls: Vec<_> = (0..count).map(|_| tokio::spawn(identity(sts.clone()))).collect();
    let mut arns = BTreeSet::new();
    for call in calls {
        arns.insert(call.await??);
    }
    Ok(arns)
}

#[tokio::main]
async fn main() {
    let config = aws_config::load_from_env().await;
    let mut sts = aws_sdk_sts::Client::new(&config);
    let mut s3 = aws_sdk_s3::Client::new(&config);
    println!("{}", json!({ "version": concat!("aws-config ", env!("AWS_CONFIG_VERSION")) }));
    for line in stdin().lock().lines().map_while(Result::ok) {
        let words: Vec<&str> = line.split(' ').collect();
        let answer: Answer<Value> = match words[..] {
            ["identity"] => identity(sts.clone()).await.map(|arn| json!({ "identity": arn })),
            ["read", bucket, key] => read(&s3, bucket, key).await.map(|text| json!({ "text": text })),
            ["parallel", count] => parallel(&sts, count.parse().unwrap_or(1)).await.map(|arns| json!({ "identities": arns })),
            ["profile", name, _] => {
                let config = aws_config::from_env().profile_name(name).load().await;
                sts = aws_sdk_sts::Client::new(&config);
                s3 = aws_sdk_s3::Client::new(&config);
                Ok(json!({ "region": config.region().map(|region| region.to_string()) }))
            }
            _ => break,
        };
        let answer = answer.unwrap_or_else(|error| json!({ "error": DisplayErrorContext(&*error).to_string() }));
        println!("{answer}");
    }
}

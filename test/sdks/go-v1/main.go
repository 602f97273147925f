// The unmodified SDK with its default credential chain, driven by lines: see test/sdks/client.ts.
package main

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go/aws"
	"github.com/aws/aws-sdk-go/aws/session"
	"github.com/aws/aws-sdk-go/service/s3"
	"github.com/aws/aws-sdk-go/service/sts"
)

type answer map[string]any

type clients struct {
	sts *sts.STS
	s3  *s3.S3
}

func (c clients) identity() (string, error) {
	output, err := c.sts.GetCallerIdentity(&sts.GetCallerIdentityInput{})
	if err != nil {
		return "", err
	}
	return aws.StringValue(output.Arn), nil
}

func (c clients) read(bucket, key string) (string, error) {
	output, err := c.s3.GetObject(&s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(output.Body)
	return string(text), err
}

func (c clients) parallel(count int) ([]string, error) {
	var all sync.WaitGroup
	var lock sync.Mutex
	found := map[string]bool{}
	var failed error
	for range make([]struct{}, count) {
		all.Add(1)
		go func() {
			defer all.Done()
			arn, err := c.identity()
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

func clientsOf(shared *session.Session) clients {
	return clients{sts.New(shared), s3.New(shared)}
}

// This SDK knows no variable for an endpoint.
func plumbing() aws.Config {
	return *aws.NewConfig().
		WithEndpoint(os.Getenv("AWS_ENDPOINT_URL")).
		WithS3ForcePathStyle(true)
}

func (c *clients) answer(words []string) (answer, error) {
	switch words[0] {
	case "identity":
		arn, err := c.identity()
		return answer{"identity": arn}, err
	case "read":
		text, err := c.read(words[1], words[2])
		return answer{"text": text}, err
	case "profile":
		options := session.Options{Config: plumbing(), Profile: words[1], SharedConfigState: session.SharedConfigEnable}
		shared, err := session.NewSessionWithOptions(options)
		if err == nil {
			*c = clientsOf(shared)
			return answer{"region": aws.StringValue(shared.Config.Region)}, nil
		}
		return nil, err
	default:
		count, _ := strconv.Atoi(words[1])
		arns, err := c.parallel(count)
		return answer{"identities": arns}, err
	}
}

func main() {
	settings := plumbing()
	c := clientsOf(session.Must(session.NewSession(&settings)))
	say := json.NewEncoder(os.Stdout)
	say.Encode(answer{"version": "aws-sdk-go " + aws.SDKVersion})
	for lines := bufio.NewScanner(os.Stdin); lines.Scan() && lines.Text() != "quit"; {
		reply, err := c.answer(strings.Fields(lines.Text()))
		if err != nil {
			reply = answer{"error": err.Error()}
		}
		say.Encode(reply)
	}
}

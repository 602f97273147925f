# The unmodified SDK with its default credential chain, driven by lines: see test/sdks/client.ts.

require 'aws-sdk-core'
require 'aws-sdk-s3'
require 'json'

$stdout.sync = true

# Made when they are first needed: the SDK looks for credentials as it makes a client.
def sts = $sts ||= Aws::STS::Client.new(**$options)
def s3 = $s3 ||= Aws::S3::Client.new(**$options)

$options = {}

def use_profile(name)
  $options = { profile: name }
  $sts = $s3 = nil
  sts.config.region
end

def identity = sts.get_caller_identity.arn

def parallel(count)
  sts
  Array.new(count) { Thread.new { identity } }.map(&:value).uniq
end

def answer(command, *words)
  case command
  when 'identity' then { identity: identity }
  when 'read' then { text: s3.get_object(bucket: words[0], key: words[1]).body.read }
  when 'profile' then { region: use_profile(words[0]) }
  when 'parallel' then { identities: parallel(words[0].to_i) }
  end
rescue StandardError => error
  { error: "#{error.class}: #{error.message}" }
end

puts JSON.generate(version: "aws-sdk-core #{Aws::CORE_GEM_VERSION}")
$stdin.each_line(chomp: true) do |line|
  break if line == 'quit'

  puts JSON.generate(answer(*line.split))
end

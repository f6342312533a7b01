module github.com/wecom-functions/wecom-functions

go 1.26

require (
	github.com/aws/aws-lambda-go v1.55.1
	github.com/kelseyhightower/envconfig v1.4.0
	github.com/stretchr/testify v1.12.1
	golang.org/x/sync v0.20.0
)

require go.yaml.in/yaml/v3 v3.0.5 // indirect

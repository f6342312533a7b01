package lambda_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net"
	nethttp "net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/lambda"
	"github.com/wecom-functions/wecom-functions/core"
	"github.com/wecom-functions/wecom-functions/core/connection"
	"github.com/wecom-functions/wecom-functions/core/fault"
)

// The tests of this file that set variables are serial.

func TestAnInvocationIsLoggedUnderThePlatformsIds(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	connector, err := core.New(core.Settings{Logger: slog.New(slog.NewJSONHandler(&log, nil))})
	require.NoError(t, err)
	ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "8a9b1c2d"})
	//nolint:staticcheck // the key is aws-lambda-go's
	ctx = context.WithValue(ctx, "x-amzn-trace-id", "Root=1-5e9f0c65-1de4d666d4dd26aced652b6c;Parent=53995c3f42cd8ad8;Sampled=1") //lint:ignore SA1029 the key is aws-lambda-go's
	_, err = lambda.Handler(connector).Invoke(ctx, []byte(`{"action":"chatbot.text.send","input":{"content":"x"}}`))

	failure, ok := err.(messages.InvokeResponse_Error) //nolint:errorlint // by value, as aws-lambda-go wants it
	require.True(t, ok, "%T", err)
	assert.Equal(t, "misconfigured", failure.Type)
	assert.Nil(t, failure.StackTrace)
	assert.False(t, failure.ShouldExit)
	var problem fault.Problem
	require.NoError(t, json.Unmarshal([]byte(failure.Message), &problem))
	assert.Equal(t, "8a9b1c2d", problem.RequestID)
	var line map[string]any
	require.NoError(t, json.Unmarshal(log.Bytes(), &line))
	assert.Equal(t, "8a9b1c2d", line["request_id"])
	assert.Equal(t, "1-5e9f0c65-1de4d666d4dd26aced652b6c", line["trace_id"])
}

func TestAnInvocationWithoutAContextOfLambda(t *testing.T) {
	t.Parallel()
	connector, err := core.New(core.Settings{})
	require.NoError(t, err)
	_, err = lambda.Handler(connector).Invoke(t.Context(), []byte(`x`))
	require.ErrorContains(t, err, "request_id", "one is made")
}

// extension stands in for the Parameters and Secrets extension.
func extension(t *testing.T, answer nethttp.HandlerFunc) map[string]connection.Resolver {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	_, port, err := net.SplitHostPort(strings.TrimPrefix(server.URL, "http://"))
	require.NoError(t, err)
	t.Setenv("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", port)
	t.Setenv("AWS_SESSION_TOKEN", "the-token")
	return lambda.Resolvers()
}

func answering(status int, body string) nethttp.HandlerFunc {
	return func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func TestSecretsAreAskedForAsTheExtensionWants(t *testing.T) {
	var got *nethttp.Request
	resolvers := extension(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		got = r
		_, _ = w.Write([]byte(`{"SecretString":"{\"app\":\"s\"}","Parameter":{"Value":"p"}}`))
	})
	for _, test := range []struct{ scheme, ref, want, uri string }{
		{"aws-secretsmanager", "arn:aws:secretsmanager:eu-central-1:2:secret:wecom-Ab1", `{"app":"s"}`, "/secretsmanager/get?secretId=arn%3Aaws%3Asecretsmanager%3Aeu-central-1%3A2%3Asecret%3Awecom-Ab1"},
		{"aws-secretsmanager", "wecom#app", "s", "/secretsmanager/get?secretId=wecom"},
		{"aws-ssm", "/wecom/secret", "p", "/systemsmanager/parameters/get?name=%2Fwecom%2Fsecret&withDecryption=true"},
	} {
		secret, err := resolvers[test.scheme](t.Context(), test.ref)
		require.NoError(t, err)
		assert.Equal(t, test.want, secret)
		assert.Equal(t, test.uri, got.RequestURI)
		assert.Equal(t, "the-token", got.Header.Get("X-Aws-Parameters-Secrets-Token"))
	}
}

func TestANewlineAtTheEndIsNoPartOfASecret(t *testing.T) {
	for _, stored := range []string{`s\n`, `s\r\n`, `s`} {
		resolvers := extension(t, answering(200, `{"SecretString":"`+stored+`","Parameter":{"Value":"`+stored+`"}}`))
		for scheme, resolve := range resolvers {
			secret, err := resolve(t.Context(), "wecom")
			require.NoError(t, err)
			assert.Equal(t, "s", secret, scheme)
		}
	}
}

func TestSecretsThatCannotBeRead(t *testing.T) {
	for _, test := range []struct {
		name, ref string
		status    int
		body      string
		says      string
	}{
		{"not allowed", "w", 400, `{"message":"canary"}`, "answered HTTP status 400; may the function's role read the secret"},
		{"no JSON", "w", 200, `canary`, "something that is not its JSON"},
		{"no such key", "w#app", 200, `{"SecretString":"{\"other\":\"canary\"}"}`, `no JSON object with a string under "app"`},
		{"a secret that is no object", "w#app", 200, `{"SecretString":"canary"}`, `no JSON object with a string under "app"`},
		{"a value that is no string", "w#app", 200, `{"SecretString":"{\"app\":7}"}`, `no JSON object with a string under "app"`},
		{"broken off", "w", 200, `{"SecretString":"canary`, "not its JSON"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := extension(t, answering(test.status, test.body))["aws-secretsmanager"](t.Context(), test.ref)
			require.ErrorContains(t, err, test.says)
			assert.NotContains(t, err.Error(), "canary")
			assert.NotContains(t, err.Error(), "the-token")
		})
	}
	t.Run("no extension", func(t *testing.T) {
		t.Setenv("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", "1")
		_, err := lambda.Resolvers()["aws-ssm"](t.Context(), "w")
		require.ErrorContains(t, err, "does not answer on localhost:1; is its layer part of the function?")
	})
	t.Run("no port", func(t *testing.T) {
		t.Setenv("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", "a b")
		_, err := lambda.Resolvers()["aws-ssm"](t.Context(), "w")
		require.Error(t, err)
	})
	t.Run("no time", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := extension(t, answering(200, `{}`))["aws-ssm"](ctx, "w")
		require.ErrorIs(t, err, context.Canceled)
	})
}

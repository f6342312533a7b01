package lambda

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/wecom-functions/wecom-functions/core/connection"
)

// Resolvers read secrets through the AWS Parameters and Secrets Lambda Extension, a layer that answers on loopback:
//
//	aws-secretsmanager:ARN-or-name           the whole secret
//	aws-secretsmanager:ARN-or-name#json-key  one value of a secret that is a JSON object
//	aws-ssm:name                             a parameter, decrypted
//
// The extension keeps what it read, for 300 seconds unless it is told otherwise; nothing is kept here.
func Resolvers() map[string]connection.Resolver {
	e := &extension{
		address: net.JoinHostPort("localhost", cmp.Or(os.Getenv("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT"), "2773")),
		token:   os.Getenv("AWS_SESSION_TOKEN"),
		// No proxy stands before loopback, and a connection does not outlive a freeze.
		transport: &http.Transport{DisableKeepAlives: true},
	}
	return map[string]connection.Resolver{"aws-secretsmanager": withoutNewline(e.secret), "aws-ssm": withoutNewline(e.parameter)}
}

// withoutNewline takes off the newline that a secret gets when it is stored from a file, as with a secret in a file.
func withoutNewline(resolve connection.Resolver) connection.Resolver {
	return func(ctx context.Context, ref string) (string, error) {
		secret, err := resolve(ctx, ref)
		return strings.TrimSuffix(strings.TrimSuffix(secret, "\n"), "\r"), err
	}
}

// extension is the layer. Its errors go to the log; they name what is to be done, and never what was read.
type extension struct {
	address   string
	token     string
	transport http.RoundTripper
}

func (e *extension) secret(ctx context.Context, ref string) (string, error) {
	id, key, picked := strings.Cut(ref, "#")
	var answer struct{ SecretString string }
	err := e.get(ctx, "/secretsmanager/get", url.Values{"secretId": {id}}, &answer)
	if err != nil || !picked {
		return answer.SecretString, err
	}
	var values map[string]json.RawMessage
	var value string
	if json.Unmarshal([]byte(answer.SecretString), &values) != nil || json.Unmarshal(values[key], &value) != nil {
		return "", fmt.Errorf("the secret is no JSON object with a string under %q, the key after # in the reference", key)
	}
	return value, nil
}

func (e *extension) parameter(ctx context.Context, name string) (string, error) {
	var answer struct{ Parameter struct{ Value string } }
	err := e.get(ctx, "/systemsmanager/parameters/get", url.Values{"name": {name}, "withDecryption": {"true"}}, &answer)
	return answer.Parameter.Value, err
}

// maxAnswer is more than the largest secret, of 64 KiB, can have as JSON.
const maxAnswer = 512 << 10

func (e *extension) get(ctx context.Context, path string, query url.Values, into any) error {
	target := url.URL{Scheme: "http", Host: e.address, Path: path, RawQuery: query.Encode()}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), http.NoBody)
	if err != nil {
		return errors.New("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT is not a port")
	}
	request.Header.Set("X-Aws-Parameters-Secrets-Token", e.token)
	answer, err := e.transport.RoundTrip(request)
	if err != nil {
		return fmt.Errorf("the Parameters and Secrets extension does not answer on %s; is its layer part of the function? (%w)", e.address, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("the answer of the Parameters and Secrets extension broke off: %w", err)
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the Parameters and Secrets extension answered HTTP status %d; may the function's role read the secret, "+
			"and is the reference right?", answer.StatusCode)
	}
	if json.Unmarshal(body, into) != nil {
		return errors.New("the Parameters and Secrets extension answered something that is not its JSON")
	}
	return nil
}

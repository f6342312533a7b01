package env_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wecom-functions/wecom-functions/adapters/env"
)

// vault is a store of a platform, which counts how often it is asked.
type vault struct {
	asked  []string
	secret string
}

func (v *vault) resolvers() env.Resolvers {
	return env.Resolvers{"aws-ssm": func(_ context.Context, ref string) (string, error) {
		v.asked = append(v.asked, ref)
		if v.secret == "" {
			return "", errors.New("the vault is empty")
		}
		return v.secret, nil
	}}
}

func TestSecretsInStoresAreReadWhenTheyAreNeeded(t *testing.T) {
	set(t, vars{
		"WECOM_CONNECTIONS": "default,alerts", "WECOM_DEFAULT_CORP_ID": "ww1",
		"WECOM_DEFAULT_SECRET": "aws-ssm:/wecom/secret:2", "WECOM_ALERTS_KEY": "aws-ssm:/wecom/key",
	})
	v := &vault{secret: "first"}
	loaded, err := env.Load(&bytes.Buffer{}, v.resolvers())
	require.NoError(t, err)
	assert.Empty(t, v.asked, "loading asks no store")
	require.Len(t, loaded.Settings.Connections, 2)
	secret, key := loaded.Settings.Connections[0].Secret, loaded.Settings.Connections[1].Key
	assert.Equal(t, "first", reveal(t, secret))
	v.secret = "rotated"
	assert.Equal(t, "rotated", reveal(t, secret))
	assert.Equal(t, "rotated", reveal(t, key))
	assert.True(t, secret.Rereadable())
	assert.Equal(t, []string{"/wecom/secret:2", "/wecom/secret:2", "/wecom/key"}, v.asked)
}

func TestWrongReferencesToStores(t *testing.T) {
	const d = "WECOM_DEFAULT_"
	for _, c := range []struct {
		name   string
		vars   vars
		stores []env.Resolvers
		want   string
	}{
		{
			"no name", application(vars{d + "SECRET": "aws-ssm:"}),
			[]env.Resolvers{new(vault).resolvers()},
			d + "SECRET is a reference to a store that names no secret; put its name after aws-ssm:",
		},
		{
			"a store of another platform", application(vars{d + "SECRET": "aws-secretsmanager:arn:aws:secretsmanager:eu-central-1:1:secret:w"}), nil,
			d + "SECRET is a reference to a store that is not read on this platform; give the secret itself or " + d + "SECRET_FILE",
		},
		{
			"a store of another platform, for a key",
			vars{d + "KEY": "aws-ssm:key"},
			nil,
			d + "KEY is a reference to a store that is not read on this platform; give the secret itself or " + d + "KEY_FILE",
		},
		{
			"Azure has not resolved it", application(vars{d + "CONTACTS_SECRET": "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/w)"}), nil,
			d + "CONTACTS_SECRET is a Key Vault reference that the platform has not resolved; let the app's identity read the secret",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			set(t, c.vars)
			_, err := env.Load(&bytes.Buffer{}, c.stores...)
			require.IsType(t, env.Problems{}, err)
			assert.Equal(t, c.want, err.Error())
		})
	}
}

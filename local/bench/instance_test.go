package main

import (
	"testing"

	"github.com/wecom-functions/wecom-functions/local/bench/fakewecom"
)

func TestLambdaProgramsDoTheirWork(t *testing.T) {
	h := &harness{dir: t.TempDir()}
	fake, err := fakewecom.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer fake.Close()
	for _, test := range []struct {
		program          program
		tokens, messages int
	}{
		{lambdaOurs, 1, 2},
		{lambdaPost, 0, 2},
		{lambdaHello, 0, 0},
	} {
		before := fake.Counts()
		i, err := h.startInstance(test.program, lambdaEnvironment(fake), h.one())
		if err != nil {
			t.Fatal(err)
		}
		defer i.close()
		for range 2 {
			if err := i.invoke(textEvent(sampleText)); err != nil {
				t.Fatal(err)
			}
		}
		after := fake.Counts()
		if tokens, messages := after.Tokens-before.Tokens, after.Messages-before.Messages; tokens != test.tokens || messages != test.messages {
			t.Errorf("%s: %d tokens and %d messages", test.program.name, tokens, messages)
		}
	}
}

func TestFirstHTTPSSendIsMeasuredOverTLS(t *testing.T) {
	h := &harness{dir: t.TempDir()}
	fake, err := fakewecom.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer fake.Close()
	secure, err := h.serveSecurely(fake)
	if err != nil {
		t.Fatal(err)
	}
	defer secure.close()
	for _, environment := range [][]string{
		{"FLOOR_URL=" + floorURL(secure.url, fake.IssueToken()), "SSL_CERT_FILE=" + secure.bundle},
		{"FLOOR_URL=" + floorURL(secure.url, fake.IssueToken())},
	} {
		i, err := h.startInstance(lambdaPost, environment, h.one())
		if err != nil {
			t.Fatal(err)
		}
		defer i.close()
		trusts := len(environment) > 1
		if err := i.invoke(textEvent(sampleText)); (err == nil) != trusts {
			t.Errorf("with %v: %v", environment, err)
		}
	}
	if sent := fake.Counts().Messages; sent != 1 {
		t.Errorf("%d messages were sent", sent)
	}
}

// OpenBao's own Go client.
package compat

import (
	"context"
	"os"
	"testing"
	"time"

	bao "github.com/openbao/openbao/api/v2"
)

func baoClient(t *testing.T, token string) *bao.Client {
	t.Helper()
	client, err := bao.NewClient(bao.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	client.SetToken(token)
	return client
}

func baoRoot(t *testing.T) *bao.Client { return baoClient(t, os.Getenv("VAULT_TOKEN")) }

// A mount of its own, gone when the test ends.
func baoMount(t *testing.T, path string, input *bao.MountInput) *bao.Client {
	t.Helper()
	client := baoRoot(t)
	must(t, client.Sys().Mount(path, input))
	t.Cleanup(func() { must(t, client.Sys().Unmount(path)) })
	return client
}

// What tune leaves out stays: this client sends "" for every TTL that is not set.
func TestOpenBaoTuneLeavesTheTtls(t *testing.T) {
	config := bao.MountConfigInput{DefaultLeaseTTL: "10m", MaxLeaseTTL: "20m"}
	client := baoMount(t, "bao-tuned", &bao.MountInput{Type: "kv", Config: config})

	description := "tuned"
	must(t, client.Sys().TuneMount("bao-tuned", bao.MountConfigInput{Description: &description}))

	mounts, err := client.Sys().ListMounts()
	must(t, err)
	mount := mounts["bao-tuned/"]
	equal(t, mount.Description, "tuned")
	equal(t, mount.Config.DefaultLeaseTTL, 600)
	equal(t, mount.Config.MaxLeaseTTL, 1200)
}

func TestOpenBaoKeepsVersions(t *testing.T) {
	client := baoMount(t, "bao-kv", &bao.MountInput{Type: "kv-v2"})
	kv := client.KVv2("bao-kv")
	ctx := context.Background()

	_, err := kv.Put(ctx, "app", map[string]interface{}{"password": "one"})
	must(t, err)
	_, err = kv.Patch(ctx, "app", map[string]interface{}{"user": "me"})
	must(t, err)
	_, err = kv.Put(ctx, "app", map[string]interface{}{"password": "lost"}, bao.WithCheckAndSet(1))
	if err == nil {
		t.Fatal("a check-and-set that lost the race was accepted")
	}

	secret, err := kv.Get(ctx, "app")
	must(t, err)
	equal(t, secret.Data["password"], interface{}("one"))
	equal(t, secret.Data["user"], interface{}("me"))
	versions, err := kv.GetVersionsAsList(ctx, "app")
	must(t, err)
	equal(t, len(versions), 2)
	must(t, kv.DeleteMetadata(ctx, "app"))
}

// The watcher renews a token of two seconds at two thirds of its life, again and again.
func TestOpenBaoWatcherKeepsAShortTokenAlive(t *testing.T) {
	made, err := baoRoot(t).Auth().Token().Create(&bao.TokenCreateRequest{TTL: "2s", Policies: []string{"default"}})
	must(t, err)
	client := baoClient(t, made.Auth.ClientToken)
	watcher, err := client.NewLifetimeWatcher(&bao.LifetimeWatcherInput{Secret: made, Increment: 2})
	must(t, err)
	go watcher.Start()
	defer watcher.Stop()

	for renewals := 0; renewals < 3; {
		select {
		case err := <-watcher.DoneCh():
			t.Fatalf("the watcher gave up after %d renewals: %v", renewals, err)
		case <-watcher.RenewCh():
			renewals++
		case <-time.After(time.Minute):
			t.Fatal("the watcher did nothing for a minute")
		}
	}
	_, err = client.Auth().Token().LookupSelf()
	must(t, err)
}

func TestOpenBaoOpensWhatWasWrappedOnce(t *testing.T) {
	client := baoRoot(t)
	client.SetWrappingLookupFunc(func(operation, path string) string { return "1m" })
	wrapped, err := client.Auth().Token().Create(&bao.TokenCreateRequest{TTL: "1h", Policies: []string{"default"}})
	must(t, err)

	opened, err := baoRoot(t).Logical().Unwrap(wrapped.WrapInfo.Token)
	must(t, err)
	equal(t, opened.Auth.LeaseDuration, 3600)
	if _, err = baoRoot(t).Logical().Unwrap(wrapped.WrapInfo.Token); err == nil {
		t.Fatal("a wrapping token opened twice")
	}
}

func TestOpenBaoReadsHealthPoliciesAndLeader(t *testing.T) {
	client := baoRoot(t)
	health, err := client.Sys().Health()
	must(t, err)
	equal(t, health.Initialized && !health.Sealed, true)
	must(t, client.Sys().PutPolicy("bao-go", `path "secret/*" { capabilities = ["read"] }`))
	text, err := client.Sys().GetPolicy("bao-go")
	must(t, err)
	equal(t, text, `path "secret/*" { capabilities = ["read"] }`)
	must(t, client.Sys().DeletePolicy("bao-go"))
	_, err = client.Sys().Leader()
	must(t, err)
}

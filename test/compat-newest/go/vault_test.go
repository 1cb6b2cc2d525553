// HashiCorp's own Go client, on which its command line, Terraform and most Go programs stand.
package compat

import (
	"context"
	"os"
	"testing"
	"time"

	vault "github.com/hashicorp/vault/api"
)

func vaultClient(t *testing.T, token string) *vault.Client {
	t.Helper()
	client, err := vault.NewClient(vault.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	client.SetToken(token)
	return client
}

func vaultRoot(t *testing.T) *vault.Client { return vaultClient(t, os.Getenv("VAULT_TOKEN")) }

// A mount of its own, gone when the test ends.
func vaultMount(t *testing.T, path string, input *vault.MountInput) *vault.Client {
	t.Helper()
	client := vaultRoot(t)
	must(t, client.Sys().Mount(path, input))
	t.Cleanup(func() { must(t, client.Sys().Unmount(path)) })
	return client
}

// What tune leaves out stays: this client sends "" for every TTL that is not set.
func TestVaultTuneLeavesTheTtls(t *testing.T) {
	config := vault.MountConfigInput{DefaultLeaseTTL: "10m", MaxLeaseTTL: "20m"}
	client := vaultMount(t, "vault-tuned", &vault.MountInput{Type: "kv", Config: config})

	description := "tuned"
	must(t, client.Sys().TuneMount("vault-tuned", vault.MountConfigInput{Description: &description}))

	mounts, err := client.Sys().ListMounts()
	must(t, err)
	mount := mounts["vault-tuned/"]
	equal(t, mount.Description, "tuned")
	equal(t, mount.Config.DefaultLeaseTTL, 600)
	equal(t, mount.Config.MaxLeaseTTL, 1200)
}

func TestVaultKeepsVersions(t *testing.T) {
	client := vaultMount(t, "vault-kv", &vault.MountInput{Type: "kv-v2"})
	kv := client.KVv2("vault-kv")
	ctx := context.Background()

	_, err := kv.Put(ctx, "app", map[string]interface{}{"password": "one"})
	must(t, err)
	_, err = kv.Patch(ctx, "app", map[string]interface{}{"user": "me"})
	must(t, err)
	_, err = kv.Put(ctx, "app", map[string]interface{}{"password": "lost"}, vault.WithCheckAndSet(1))
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
func TestVaultWatcherKeepsAShortTokenAlive(t *testing.T) {
	made, err := vaultRoot(t).Auth().Token().Create(&vault.TokenCreateRequest{TTL: "2s", Policies: []string{"default"}})
	must(t, err)
	client := vaultClient(t, made.Auth.ClientToken)
	watcher, err := client.NewLifetimeWatcher(&vault.LifetimeWatcherInput{Secret: made, Increment: 2})
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

func TestVaultOpensWhatWasWrappedOnce(t *testing.T) {
	client := vaultRoot(t)
	client.SetWrappingLookupFunc(func(operation, path string) string { return "1m" })
	wrapped, err := client.Auth().Token().Create(&vault.TokenCreateRequest{TTL: "1h", Policies: []string{"default"}})
	must(t, err)

	opened, err := vaultRoot(t).Logical().Unwrap(wrapped.WrapInfo.Token)
	must(t, err)
	equal(t, opened.Auth.LeaseDuration, 3600)
	if _, err = vaultRoot(t).Logical().Unwrap(wrapped.WrapInfo.Token); err == nil {
		t.Fatal("a wrapping token opened twice")
	}
}

func TestVaultReadsHealthPoliciesAndLeader(t *testing.T) {
	client := vaultRoot(t)
	health, err := client.Sys().Health()
	must(t, err)
	equal(t, health.Initialized && !health.Sealed, true)
	must(t, client.Sys().PutPolicy("vault-go", `path "secret/*" { capabilities = ["read"] }`))
	text, err := client.Sys().GetPolicy("vault-go")
	must(t, err)
	equal(t, text, `path "secret/*" { capabilities = ["read"] }`)
	must(t, client.Sys().DeletePolicy("vault-go"))
	_, err = client.Sys().Leader()
	must(t, err)
}

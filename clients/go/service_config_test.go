package lea

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// What retry.go does is what clients/contract/service-config.json tells all clients to do.
func TestRetry_constants_areThoseOfAllClients(t *testing.T) {
	top := os.Getenv("LEA_HOME")
	if top == "" {
		top = filepath.Join("..", "..")
	}
	text, err := os.ReadFile(filepath.Join(top, "clients/contract/service-config.json"))
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		MethodConfig []struct {
			Name        []struct{ Service, Method string }
			RetryPolicy *struct {
				MaxAttempts                int
				InitialBackoff, MaxBackoff string
				BackoffMultiplier          float64
				RetryableStatusCodes       []string
			}
		}
		RetryThrottling struct{ MaxTokens, TokenRatio float64 }
	}
	if err := json.Unmarshal(text, &config); err != nil {
		t.Fatal(err)
	}
	streams := map[string]bool{
		"/lea.repository.v1.ModelRepositoryService/WatchVersions": true,
		"/lea.repository.v1.ModelRepositoryService/UploadVersion": true,
		"/lea.environment.v1.EnvironmentService/Annotate":         true,
		"/lea.trainer.v1.TrainerService/WatchRun":                 true,
	}
	for _, name := range config.MethodConfig[0].Name {
		if path := "/" + name.Service + "/" + name.Method; !neverRepeated[path] && !streams[path] {
			t.Errorf("%s must not be repeated", path)
		}
	}
	if len(config.MethodConfig[0].Name) != len(neverRepeated)+len(streams) {
		t.Errorf("other methods are not repeated than %v", config.MethodConfig[0].Name)
	}
	policy := config.MethodConfig[1].RetryPolicy
	initial, _ := time.ParseDuration(policy.InitialBackoff)
	most, _ := time.ParseDuration(policy.MaxBackoff)
	if policy.MaxAttempts != DefaultSettings().MaxAttempts || initial != initialBackoff || most != maxBackoff ||
		policy.BackoffMultiplier != backoffMultiplier || len(policy.RetryableStatusCodes) != 1 ||
		policy.RetryableStatusCodes[0] != "UNAVAILABLE" {
		t.Errorf("the policy is %+v", *policy)
	}
	if config.RetryThrottling.MaxTokens != maxTokens || config.RetryThrottling.TokenRatio != tokenRatio {
		t.Errorf("the throttling is %+v", config.RetryThrottling)
	}
}

// Command recommend asks agent-server what a newcomer should see.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"lea.dev/lea"
	"lea.dev/lea/agentpb"
)

func main() {
	endpoint := "localhost:7072"
	if named := os.Getenv("LEA_AGENT"); named != "" {
		endpoint = named
	}
	channel, err := lea.Open(endpoint)
	if err != nil {
		log.Fatal(err)
	}
	defer channel.Close()
	if err := recommend(context.Background(), lea.NewAgentClient(channel)); err != nil {
		log.Fatal(err)
	}
}

func recommend(ctx context.Context, agent *lea.AgentClient) error {
	// what somebody who has done nothing yet should see
	first, err := agent.Recommend(ctx, &agentpb.RecommendRequest{K: 3})
	if err != nil {
		return err
	}
	fmt.Printf("version %d recommends to a newcomer:\n", first.GetModel().GetVersion())
	for _, item := range first.GetItems() {
		fmt.Printf("  %s  %.3f\n", item.GetItemId(), item.GetScore())
	}

	// and after the newcomer has taken the first of them
	taken := first.GetItems()[0].GetItemId()
	next, err := agent.Recommend(ctx, &agentpb.RecommendRequest{
		HistoryItemIds: []string{taken}, ExcludeHistory: true, K: 3,
	})
	if err != nil {
		return err
	}
	fmt.Printf("after %s: %s first\n", taken, next.GetItems()[0].GetItemId())

	_, err = agent.Recommend(ctx, &agentpb.RecommendRequest{HistoryItemIds: []string{"no such item"}, K: 3})
	var failure *lea.Error
	if errors.As(err, &failure) && failure.Reason == "UNKNOWN_ITEM" {
		fmt.Println("refused:", failure.Description)
		return nil
	}
	return err
}

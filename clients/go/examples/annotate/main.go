// Command annotate asks env-server for the states and rewards of whole sequences, in bulk.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"

	"lea.dev/lea"
	"lea.dev/lea/environmentpb"
)

func main() {
	endpoint := "localhost:7071"
	if named := os.Getenv("LEA_ENVIRONMENT"); named != "" {
		endpoint = named
	}
	channel, err := lea.Open(endpoint)
	if err != nil {
		log.Fatal(err)
	}
	defer channel.Close()
	if err := annotate(context.Background(), channel); err != nil {
		log.Fatal(err)
	}
}

func annotate(ctx context.Context, channel *lea.Channel) error {
	if err := lea.NewHealthClient(channel).AwaitServing(ctx, "lea.environment.v1.EnvironmentService"); err != nil {
		return err
	}
	environment := lea.NewEnvironmentClient(channel)
	live, err := environment.Describe(ctx)
	if err != nil {
		return err
	}
	// one version from here on, whatever goes live meanwhile
	environment = environment.Pinned(live.GetModel().GetVersion())

	// no more than 8 sequences are under way, however fast they could be read
	answers := environment.Annotate(ctx, lea.Sequences(users()), 8)
	defer answers.Close()
	for answers.Next() {
		answer := answers.Answer()
		states, err := lea.Rows(answer.GetStates())
		if err != nil {
			return err
		}
		fmt.Printf("%s: %d states, rewards", answer.GetSequenceId(), len(states))
		for _, reward := range answer.GetRewards() {
			fmt.Printf(" %s %.2f", reward.GetItemId(), reward.GetReward())
		}
		fmt.Println()
	}
	return answers.Err()
}

func users() []*environmentpb.AnnotateRequest {
	items := []string{"item-1", "item-2", "item-3"}
	if named := os.Getenv("LEA_ITEMS"); named != "" {
		items = strings.Fields(named)
	}
	var requests []*environmentpb.AnnotateRequest
	for i := range items {
		requests = append(requests, &environmentpb.AnnotateRequest{
			SequenceId:   fmt.Sprintf("user-%d", i),
			ItemIds:      items[:i+1],
			Augmentation: &environmentpb.Augmentation{Actions: 2},
		})
	}
	return requests
}

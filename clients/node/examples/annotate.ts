import { EnvironmentClient, HealthClient, LeaChannel, rows } from "lea-client";

await using channel = LeaChannel.open(process.env.LEA_ENVIRONMENT ?? "localhost:7071", {
    callDeadlineMs: 5_000,
});
await new HealthClient(channel).awaitServing("lea.environment.v1.EnvironmentService");
const environment = new EnvironmentClient(channel);

// one version from here on, whatever goes live meanwhile
const { model } = await environment.describe();
const pinned = environment.pinned(model?.version ?? 0n);

async function* sequences() {
    for (const [user, itemIds] of await usersFromSomewhere()) {
        yield { sequenceId: user, itemIds, augmentation: { actions: 2 } };
    }
}

// no more than 8 sequences are under way, however fast they could be read
for await (const answer of pinned.annotate(sequences(), { inFlight: 8 })) {
    const states = rows(answer.states);
    const rewards = answer.rewards.map(({ itemId, reward }) => `${itemId} ${reward.toFixed(2)}`);
    console.log(`${answer.sequenceId}: ${states.length} states, rewards ${rewards.join(", ")}`);
}

async function usersFromSomewhere(): Promise<Map<string, string[]>> {
    const items = (process.env.LEA_ITEMS ?? "item-1 item-2 item-3").split(" ");
    return Promise.resolve(new Map(items.map((_, i) => [`user-${i}`, items.slice(0, i + 1)])));
}

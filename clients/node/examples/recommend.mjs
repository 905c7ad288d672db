import { AgentClient, LeaChannel, LeaError } from "lea-client";

const channel = LeaChannel.open(process.env.LEA_AGENT ?? "localhost:7072");
const agent = new AgentClient(channel);
try {
    // what somebody who has done nothing yet should see
    const first = await agent.recommend({ k: 3 });
    console.log(`version ${first.model.version} recommends to a newcomer:`);
    for (const { itemId, score } of first.items) {
        console.log(`  ${itemId}  ${score.toFixed(3)}`);
    }

    // and after the newcomer has taken the first of them
    const historyItemIds = [first.items[0].itemId];
    const next = await agent.recommend({ historyItemIds, excludeHistory: true, k: 3 });
    console.log(`after ${historyItemIds[0]}: ${next.items.map((item) => item.itemId).join(", ")}`);

    await agent.recommend({ historyItemIds: ["no such item"], k: 3 });
} catch (error) {
    if (!(error instanceof LeaError && error.reason === "UNKNOWN_ITEM")) {
        throw error;
    }
    console.log(`refused: ${error.description}`);
} finally {
    await channel.close();
}

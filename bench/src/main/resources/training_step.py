"""One update of SASRec or GRU4Rec by CE, SNQN or SA2C in PyTorch: the rival of TrainingStepBenchmark.

Reads one JSON request a line and answers each with one JSON line:
  {"do": "load", "folder": F}                      takes parameters and batches from F, as the benchmark wrote them
  {"do": "losses", "step": S}                      losses of the first updates, dropout off: are these the same mathematics?
  {"do": "time", "step": S, "updates": N}          CPU seconds of N updates, dropout on
Steps: "ce", "snqn" and "sa2c" are written plainly: attention over all places, a forward for every term that needs one, a loop
over the negatives, as the public code of the method has it. "ce_last", "snqn_shared" and "sa2c_shared" take the shortcuts that
ours takes: the last place's query only, one forward a network, rows of the Q head instead of all of it. Which encoder it is
shows in the parameters; the recurrent one is torch.nn.GRU.
"""

import json
import math
import os
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

torch.set_num_threads(1)


class Network(torch.nn.Module):
    """SASRec with one block and one head, or GRU4Rec with one layer; a supervised head and a Q head."""

    def __init__(self, values, dropout):
        super().__init__()
        self.p = torch.nn.ParameterDict(
            {name.replace(".", "_"): torch.nn.Parameter(v.clone()) for name, v in values.items() if not name.startswith("gru.")})
        self.gru = None
        if "gru.input.weight" in values:
            inputs, gates = values["gru.input.weight"].shape
            self.gru = torch.nn.GRU(inputs, gates // 3, batch_first=True)
            with torch.no_grad():
                self.gru.weight_ih_l0.copy_(values["gru.input.weight"].T)
                self.gru.weight_hh_l0.copy_(values["gru.hidden.weight"].T)
                self.gru.bias_ih_l0.copy_(values["gru.input.bias"])
                self.gru.bias_hh_l0.copy_(values["gru.hidden.bias"])
        self.dropout = dropout

    def __getitem__(self, name):
        return self.p[name.replace(".", "_")]

    def norm(self, name, x):
        return F.layer_norm(x, x.shape[-1:], self[name + ".norm.scale"], self[name + ".norm.bias"], 1e-6)

    def drop(self, x):
        return F.dropout(x, self.dropout, self.training)

    def embed(self, history):
        x = F.embedding(history, self["item_embedding"]) * math.sqrt(self["item_embedding"].shape[1])
        return self.drop(x + self["position_embedding"])

    def feed_forward(self, y):
        inner = self.drop(F.relu(y @ self["feed_forward.inner.weight"] + self["feed_forward.inner.bias"]))
        outer = self.drop(inner @ self["feed_forward.outer.weight"] + self["feed_forward.outer.bias"])
        return self.norm("state", y + outer)

    def encode(self, history, length):
        """Every place's output, of which the last is taken."""
        if self.gru is not None:
            places, _ = self.gru(self.drop(F.embedding(history, self["item_embedding"])))
            return self.drop(places[torch.arange(len(length)), length - 1])
        x = self.embed(history)
        places = x.shape[1]
        query = self.norm("attention", x)
        scores = (query @ self["query.weight"]) @ (x @ self["key.weight"]).transpose(1, 2)
        future = torch.triu(torch.ones(places, places, dtype=torch.bool), 1)
        weights = self.drop(torch.softmax((scores / math.sqrt(x.shape[2])).masked_fill(future, -1e9), -1))
        y = self.norm("feed_forward", query + weights @ (x @ self["value.weight"]))
        return self.feed_forward(y)[torch.arange(len(length)), length - 1]

    def encode_last(self, history, length):
        """The last place's output alone."""
        if self.gru is not None:
            return self.encode(history, length)
        x = self.embed(history)
        rows = torch.arange(len(length))
        query = self.norm("attention", x[rows, length - 1])
        key = (query @ self["query.weight"]) @ self["key.weight"].T
        scores = torch.einsum("bd,bld->bl", key, x) / math.sqrt(x.shape[2])
        unseen = torch.arange(x.shape[1]) >= length[:, None]
        weights = self.drop(torch.softmax(scores.masked_fill(unseen, -1e9), -1))
        context = torch.einsum("bl,bld->bd", weights, x) @ self["value.weight"]
        return self.feed_forward(self.norm("feed_forward", query + context))

    def logits(self, state):
        return F.linear(state, self["supervised.weight"], self["supervised.bias"])

    def q(self, state):
        return F.linear(state, self["q.weight"], self["q.bias"])

    def q_of(self, state, actions):
        rows = F.embedding(actions, self["q.weight"])
        return (rows * state[:, None]).sum(-1) + self["q.bias"][actions]

    def forward(self, history, length):
        state = self.encode(history, length)
        return self.logits(state), self.q(state)


def ce(main, _, batch, gamma):
    logits = main.logits(main.encode(batch["history"], batch["length"]))
    return F.cross_entropy(logits, batch["actions"][:, 0])


def ce_last(main, _, batch, gamma):
    logits = main.logits(main.encode_last(batch["history"], batch["length"]))
    return F.cross_entropy(logits, batch["actions"][:, 0])


def double_q(q, action, reward, discount, q_target, q_selector):
    best = q_selector.argmax(-1, keepdim=True)
    y = (reward + discount * q_target.gather(1, best)[:, 0]).detach()
    return 0.5 * (y - q.gather(1, action[:, None])[:, 0]) ** 2


def advantage(values):
    """Of the first action over the mean of all, each [rows, 1 + J]; no gradient."""
    return (values[:, 0] - values.mean(1)).clamp(0, 10).detach()


def negative_q(main, target, batch, gamma):
    """A forward for every term: logits, Q values and the Q losses of the logged action and the negatives."""
    now, later = (batch["history"], batch["length"]), (batch["later_history"], batch["later_length"])
    with torch.no_grad():
        _, next_selector = main.eval()(*later)
        _, next_target = target.eval()(*later)
        _, same_target = target(*now)
    logits, q = main.train(main.dropout > 0)(*now)
    actions = batch["actions"]
    loss = double_q(q, actions[:, 0], batch["rewards"][:, 0], gamma * batch["continues"][:, 0], next_target, next_selector)
    for j in range(1, actions.shape[1]):
        loss = loss + double_q(q, actions[:, j], 0.0, gamma, same_target, q.detach())
    return logits, q, loss


def snqn(main, target, batch, gamma):
    logits, _, loss = negative_q(main, target, batch, gamma)
    return (loss + F.cross_entropy(logits, batch["actions"][:, 0], reduction="none")).mean()


def sa2c(main, target, batch, gamma):
    logits, q, loss = negative_q(main, target, batch, gamma)
    weight = advantage(q.gather(1, batch["actions"]))
    return (loss + weight * F.cross_entropy(logits, batch["actions"][:, 0], reduction="none")).mean()


def negative_q_shared(main, target, batch, gamma):
    """One forward a network: logits, values of the asked actions and their Q losses."""
    now, later = (batch["history"], batch["length"]), (batch["later_history"], batch["later_length"])
    rows = len(batch["length"])
    state = main.train(main.dropout > 0).encode_last(*now)
    with torch.no_grad():
        states = torch.cat([state, main.eval().encode_last(*later)])
        targets = torch.cat([target.eval().encode_last(*now), target.encode_last(*later)])
        bootstrap = target.q_of(targets, main.q(states).argmax(-1, keepdim=True))[:, 0]
        y = batch["rewards"][:, 0] + gamma * batch["continues"][:, 0] * bootstrap[rows:]
        y = torch.cat([y[:, None], (gamma * bootstrap[:rows])[:, None].expand(-1, batch["actions"].shape[1] - 1)], 1)
    values = main.q_of(state, batch["actions"])
    return main.logits(state), values, (0.5 * (y - values) ** 2).sum(1)


def snqn_shared(main, target, batch, gamma):
    logits, _, loss = negative_q_shared(main, target, batch, gamma)
    return (loss + F.cross_entropy(logits, batch["actions"][:, 0], reduction="none")).mean()


def sa2c_shared(main, target, batch, gamma):
    logits, values, loss = negative_q_shared(main, target, batch, gamma)
    return (loss + advantage(values) * F.cross_entropy(logits, batch["actions"][:, 0], reduction="none")).mean()


STEPS = {step.__name__: step for step in (ce, ce_last, snqn, snqn_shared, sa2c, sa2c_shared)}


class Rival:
    def load(self, folder):
        def read(entry):
            kind = {"FLOAT": np.float32, "INT64": np.int64}[entry["type"]]
            data = np.fromfile(os.path.join(folder, entry["file"]), dtype=np.dtype(kind).newbyteorder("<"))
            return torch.from_numpy(data.astype(kind).reshape(entry["shape"]))

        with open(os.path.join(folder, "content.json"), encoding="utf-8") as file:
            self.content = json.load(file)
        self.networks = [{name: read(e) for name, e in n.items()} for n in self.content["networks"]]
        self.batches = [{name: read(e) for name, e in b["inputs"].items()} for b in self.content["batches"]]
        self.mains = [b["main"] for b in self.content["batches"]]
        self.trainers = {}

    def updates(self, step, dropout):
        """An endless generator of updates, each giving its loss."""
        value = not step.startswith("ce")
        networks = [Network(n, dropout).train(dropout > 0) for n in self.networks]
        trained = [[p for name, p in n.named_parameters() if value or not name.startswith("p.q_")] for n in networks]
        adams = [torch.optim.Adam(t, lr=self.content["rate"]) for t in trained]
        i = 0
        while True:
            main = self.mains[i % len(self.batches)] if value else 0
            loss = STEPS[step](networks[main], networks[(main + 1) % len(networks)], self.batches[i % len(self.batches)], self.content["gamma"])
            adams[main].zero_grad(set_to_none=True)
            loss.backward()
            adams[main].step()
            yield loss.item()
            i += 1

    def losses(self, step):
        updates = self.updates(step, 0.0)
        return {"losses": [next(updates) for _ in self.batches]}

    def time(self, step, count):
        if step not in self.trainers:
            self.trainers[step] = self.updates(step, self.content["dropout"])
        start = time.process_time()
        for _ in range(count):
            next(self.trainers[step])
        return {"cpu_seconds": time.process_time() - start}


def gigaflops():
    """Speed of the product that the heads are made of: tells a slow BLAS."""
    a, b = torch.randn(256, 64), torch.randn(64, 4344)
    for _ in range(5):
        a @ b
    start = time.process_time()
    for _ in range(20):
        a @ b
    return 20 * 2 * 256 * 64 * 4344 / (time.process_time() - start) / 1e9


def main():
    rival = Rival()
    print(json.dumps({"torch": torch.__version__, "gigaflops": gigaflops()}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "load":
            rival.load(request["folder"])
            answer = {}
        elif request["do"] == "losses":
            answer = rival.losses(request["step"])
        else:
            answer = rival.time(request["step"], request["updates"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()

package dev.lea.environment;

import dev.lea.environment.model.Caller;
import dev.lea.serving.rpc.CurrentCall;

/// A caller is there until its call is cancelled.
record CallPresence(CurrentCall call) implements Caller.Presence {
    @Override
    public boolean gone() {
        return call.isCancelled();
    }

    @Override
    public Runnable whenGone(Runnable then) {
        return call.whenCancelled(then);
    }
}

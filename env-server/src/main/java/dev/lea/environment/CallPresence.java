package dev.lea.environment;

import dev.lea.environment.model.Caller;
import io.grpc.Context;

/// A gRPC call's caller is there until the call's context is cancelled: by the caller, by its deadline, or by the loss
/// of its connection.
///
/// @param context of the call
record CallPresence(Context context) implements Caller.Presence {
    @Override
    public boolean gone() {
        return context.isCancelled();
    }

    @Override
    public Runnable whenGone(Runnable then) {
        Context.CancellationListener listener = _ -> then.run();
        context.addListener(listener, Runnable::run);
        return () -> context.removeListener(listener);
    }
}

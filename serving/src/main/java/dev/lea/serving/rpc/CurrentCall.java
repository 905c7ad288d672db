package dev.lea.serving.rpc;

import io.grpc.Context;

/// The call that a thread is at work for, for those who must notice when its caller goes away: by cancelling, by its
/// deadline, or by the loss of its connection.
///
/// @param context of the call
public record CurrentCall(Context context) {
    /// The call of this thread; outside of any call, one that never ends.
    public static CurrentCall get() {
        return new CurrentCall(Context.current());
    }

    public boolean isCancelled() {
        return context.isCancelled();
    }

    /// Has `then` run when the call is cancelled, on whichever thread notices; at once where it is already.
    ///
    /// @return takes it back
    public Runnable whenCancelled(Runnable then) {
        Context.CancellationListener listener = _ -> then.run();
        context.addListener(listener, Runnable::run);
        return () -> context.removeListener(listener);
    }
}

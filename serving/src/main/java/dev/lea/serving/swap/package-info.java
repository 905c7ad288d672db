/// The live version of a model: lent out, replaced while it is used, closed by whoever replaced it.
///
/// [dev.lea.serving.swap.Slot] is the leases; [dev.lea.serving.swap.ModelHost] joins them with the versions on
/// disk. Closing a session while another thread runs it kills the JVM: that is why nothing outside of a lease
/// ever touches a model.
package dev.lea.serving.swap;

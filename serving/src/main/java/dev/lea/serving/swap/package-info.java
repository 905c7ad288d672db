/// The loaded versions of a model: lent out, replaced while they are used, closed by whoever replaced them.
///
/// [dev.lea.serving.swap.ModelHost] is the whole: it joins the versions on disk with those that are loaded, and is how
/// one becomes live, canary or shadow. [dev.lea.serving.swap.Slot] holds what is loaded as one immutable table, lends
/// from it, and changes it at once; [dev.lea.serving.swap.Choice] says which version a call falls to. Closing a session
/// while another thread runs it kills the JVM: that is why nothing outside of a lease ever touches a model.
/// [dev.lea.serving.swap.Shadow] asks the shadow after the answer and keeps its differences;
/// [dev.lea.serving.swap.VersionEvents] tells what happens.
package dev.lea.serving.swap;

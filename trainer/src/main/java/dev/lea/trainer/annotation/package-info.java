/// What the LE said of the training sequences: asked for once over the wire, kept on disk by the LE's digest.
///
/// [dev.lea.trainer.annotation.Annotator] asks env-server, waits out its outages and never keeps a stand-in;
/// [dev.lea.trainer.annotation.AnnotationStore] keeps; [dev.lea.trainer.annotation.StoredAnnotations] is what an
/// agent trains on.
package dev.lea.trainer.annotation;

/// What users were shown and what they did, kept on disk until the next training reads it.
///
/// ## The folder
/// Segments `feedback-NNNNNNNNNNNN.log`, numbered from 1 and written one after the other; the one with the highest number
/// may still grow, the others never change and may be moved away. `lock` keeps the folder to one writer.
///
/// ## A segment
/// The 8 bytes `LEAFB` 0 0 1 (the last is the format's version), then records:
///
/// | bytes | what |
/// |---|---|
/// | 4 | n, length of the text, big-endian, 1 to 16 MiB |
/// | 4 | CRC-32C of those 4 bytes and the text, big-endian |
/// | n | the text: a JSON object, UTF-8 |
///
/// One record holds one call, so a call is there as a whole or not at all. Its object (members that are empty are left out):
///
/// ```
/// {"request_id": "a1", "received": "2026-01-31T12:00:00.123Z", "feedback": [{
///    "user": "u7",
///    "impression": {"recommendation_id": "..", "model": "policy", "version": 3, "digest": "..", "temperature": 0.5,
///       "seed": "7", "time": "2026-01-31T11:59:58Z", "items": [{"item": "i4", "propensity": 0.25}, ..]},
///    "interactions": [{"item": "i4", "kind": "click", "time": "2026-01-31T12:00:00Z"}]}]}
/// ```
///
/// A record that ends beyond the file, or whose checksum is wrong, ends its segment: a writer that died left it, and
/// nobody was told that it was kept. The next writer cuts it off.
///
/// [dev.lea.serving.feedback.FeedbackLog] writes, [dev.lea.serving.feedback.SegmentReader] reads. Knows neither gRPC nor
/// models; agent-server and importer use it.
package dev.lea.serving.feedback;

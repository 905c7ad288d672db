package dev.lea.trainer.data;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/// SHA-256 over what a data set says, not over how its files are written: ids, texts, events and parts.
/// Every text goes in with its length before it.
final class Digest {
    private final MessageDigest sha;

    private Digest() {
        try {
            sha = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    static String of(Catalogue catalogue, List<List<Sequence>> parts) {
        var digest = new Digest();
        digest.add(catalogue.columns().size());
        catalogue.columns().forEach(digest::add);
        digest.add(catalogue.size());
        for (int item = 0; item < catalogue.size(); item++) {
            digest.add(catalogue.id(item));
            for (int column = 0; column < catalogue.columns().size(); column++) {
                digest.add(catalogue.text(item, column));
            }
        }
        for (List<Sequence> part : parts) {
            digest.add(part.size());
            part.forEach(digest::add);
        }
        return HexFormat.of().formatHex(digest.sha.digest());
    }

    private void add(Sequence sequence) {
        add(sequence.userId());
        var bytes = ByteBuffer.allocate(4 + 5 * sequence.length());
        bytes.putInt(sequence.length());
        for (int position = 0; position < sequence.length(); position++) {
            bytes.putInt(sequence.item(position)).put(sequence.event(position));
        }
        sha.update(bytes.array());
    }

    private void add(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        add(bytes.length);
        sha.update(bytes);
    }

    private void add(int number) {
        sha.update(ByteBuffer.allocate(4).putInt(number).array());
    }
}

package dev.lea.environment.model;

/// What a cache has done since the process began, and what it holds.
///
/// @param hits         values that were there, or on their way, when they were asked for
/// @param misses       values that had to be computed
/// @param evictions    values that were let go for want of room
/// @param entries      values that are held
/// @param bytes        that they take, by our reckoning
/// @param maximumBytes bound on `bytes`
public record CacheStatistics(
        long hits, long misses, long evictions, long entries, long bytes, long maximumBytes) {}

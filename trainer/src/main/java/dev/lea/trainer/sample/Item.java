package dev.lea.trainer.sample;

/// An article of the shop: what the texts say of it, and the attributes that customers go by.
///
/// @param department 0..departments-1
/// @param type       0..4: place in the department's chain of purchases
/// @param brand      number of the brand, over all departments
/// @param system     0..2: which of the department's ranges it belongs to
/// @param tier       0 affordable, 1 solid, 2 professional
/// @param popularity drawn from a standard normal
record Item(
        String id,
        String title,
        String brandName,
        String category,
        String description,
        int department,
        int type,
        int brand,
        int system,
        int tier,
        double popularity) {}

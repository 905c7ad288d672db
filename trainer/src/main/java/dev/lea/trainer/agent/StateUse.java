package dev.lea.trainer.agent;

/// How an agent learns from the environment's states. None of the ways needs them when the agent serves.
public enum StateUse {
    /// The Q head reads `s_t + W s^e_t`, see [PolicyNetwork#join].
    JOIN,
    /// The encoder's states are drawn towards the environment's, see [StateAlignment].
    ALIGN,
    /// The vectors by which items are read and scored start from the environment's item tokens, see
    /// [ItemTokenProjection].
    INITIALISE
}

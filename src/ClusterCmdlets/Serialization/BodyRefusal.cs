namespace Cluster.Serialization;

/// <summary>Why a value cannot be sent.</summary>
internal enum BodyRefusal
{
    /// <summary>An object contains itself, directly or further down.</summary>
    Cycle,

    /// <summary>The nesting is over <see cref="BodyLimits.MaxDepth"/>, or the thread's stack is nearly used up.</summary>
    TooDeep,

    /// <summary>The type is never sent: secure strings, credentials, tasks.</summary>
    Refused,

    /// <summary>A text or a key holds half of a surrogate pair, which UTF-8 cannot carry.</summary>
    LoneSurrogate,

    /// <summary>The encoded body is over <see cref="BodyLimits.MaxBytes"/>.</summary>
    TooLarge,

    /// <summary>Two keys of one map are the same text apart from case, so no object could hold both.</summary>
    DuplicateKey,

    /// <summary>A collection threw an exception while its elements were read.</summary>
    EnumerationFailed,

    /// <summary>Other code of a value threw an exception while it was read.</summary>
    Unreadable,
}

namespace Cluster.Serialization;

/// <summary>What a map (hashtable, custom object, class instance) becomes on arrival, at every level of a body.</summary>
internal enum MapStyle
{
    /// <summary>A <c>[pscustomobject]</c>; class instances carry their type names with the prefix <c>Deserialized.</c>.</summary>
    PSObject,

    /// <summary>An ordered dictionary whose keys ignore case, like <c>[ordered]@{}</c>.</summary>
    Hashtable,

    /// <summary>Each what it was: a hashtable, an ordered dictionary or a custom object. The writer must be told too, for
    /// the usual form does not tell them apart.</summary>
    Original,
}

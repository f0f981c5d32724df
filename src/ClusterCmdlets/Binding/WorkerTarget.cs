using System.Globalization;
using System.Management.Automation;
using Cluster.Api;

namespace Cluster.Binding;

/// <summary>
/// What <c>-Worker</c> takes: a worker, its id, <c>slot:0</c> for the workers in a slot, or wildcards for either, such
/// as <c>*</c> or <c>slot:*</c>. PowerShell converts by the constructors.
/// </summary>
public sealed class WorkerTarget
{
    /// <summary>What the name of a slot begins with.</summary>
    internal const string SlotPrefix = "slot:";

    private readonly WildcardPattern? _pattern;
    private readonly bool _isSlot;
    private readonly string _text;

    /// <summary>Names a worker by itself.</summary>
    /// <param name="worker">The worker.</param>
    public WorkerTarget(ClusterWorker worker)
    {
        ArgumentNullException.ThrowIfNull(worker);
        Worker = worker;
        Id = (int)worker.Id;
        _text = worker.ToString();
    }

    /// <summary>Names a worker by its id.</summary>
    /// <param name="id">The id.</param>
    public WorkerTarget(int id)
    {
        Id = id;
        _text = id.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Names workers by text.</summary>
    /// <param name="text">An id, a slot, or wildcards.</param>
    /// <exception cref="ArgumentException">The text is none of them.</exception>
    public WorkerTarget(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        _text = text;
        _isSlot = text.StartsWith(SlotPrefix, StringComparison.OrdinalIgnoreCase);
        var number = _isSlot ? text[SlotPrefix.Length..] : text;
        if (int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            Id = _isSlot ? null : value;
            _pattern = _isSlot ? WildcardPattern.Get(number, WildcardOptions.None) : null;
        }
        else if (WildcardPattern.ContainsWildcardCharacters(number) && NamePattern.Parse(number) is { } pattern)
        {
            _pattern = pattern;
        }
        else
        {
            throw new ArgumentException($"'{text}' names no worker. Give a worker, an id, 'slot:0', or wildcards.", nameof(text));
        }
    }

    /// <summary>The worker, or null when it was named in another way.</summary>
    public ClusterWorker? Worker { get; }

    /// <summary>The id, or null for a slot or wildcards.</summary>
    public int? Id { get; }

    /// <summary>Whether it may stand for several workers, or none.</summary>
    public bool HasWildcards => _pattern is not null && WildcardPattern.ContainsWildcardCharacters(_text);

    /// <inheritdoc/>
    public override string ToString() => _text;

    internal bool Matches(ClusterWorker worker) =>
        Worker is not null ? ReferenceEquals(Worker, worker)
        : Id is not null ? worker.Id == Id
        : _pattern!.IsMatch((_isSlot ? worker.Slot : worker.Id).ToString(CultureInfo.InvariantCulture)) && !worker.IsDead;
}

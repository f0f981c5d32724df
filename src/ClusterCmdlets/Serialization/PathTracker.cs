using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Cluster.Serialization;

/// <summary>
/// The path from the root of a body to the current value: names the place of an error, limits the depth and finds
/// cycles. The same object in two places is not a cycle; only an object inside itself is.
/// </summary>
/// <remarks>One thread at a time.</remarks>
internal sealed class PathTracker
{
    private readonly Step[] _steps = new Step[BodyLimits.DeepestAllowed];
    private int _depth;
    private int _maxDepth;

    /// <summary>Whether an object of .NET or PowerShell is only named here, as it is inside another one: see
    /// <see cref="PlatformTypes"/>. Arrays, lists and maps leave this as it is.</summary>
    public bool IsCut { get; set; }

    /// <summary>Begins a body.</summary>
    public void Begin(int maxDepth)
    {
        _steps.AsSpan(0, Math.Min(_depth + 1, _steps.Length)).Clear();
        _depth = 0;
        IsCut = false;
        _maxDepth = maxDepth;
    }

    /// <summary>Enters an array, map or object.</summary>
    /// <param name="container">The object whose identity reveals a cycle.</param>
    /// <exception cref="BodyNotSerializableException">It is inside itself, or too deep.</exception>
    public void Enter(object container)
    {
        if (Holds(container))
        {
            throw Refuse(BodyRefusal.Cycle, "is an object that contains it: a cycle cannot be sent");
        }

        if (_depth == _maxDepth)
        {
            throw Refuse(
                BodyRefusal.TooDeep,
                string.Create(CultureInfo.InvariantCulture, $"is nested deeper than the limit of {_maxDepth} levels"));
        }

        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw Refuse(BodyRefusal.TooDeep, "is nested deeper than the stack of this thread allows");
        }

        _steps[_depth++] = new Step { Container = container, WasCut = IsCut };
    }

    /// <summary>Whether the current value is inside this object.</summary>
    public bool Holds(object container)
    {
        for (var i = 0; i < _depth; i++)
        {
            if (ReferenceEquals(_steps[i].Container, container))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Leaves the innermost container.</summary>
    public void Leave()
    {
        _depth--;
        IsCut = _steps[_depth].WasCut;
        _steps[_depth] = default;
    }

    /// <summary>Goes on to a member of the innermost container.</summary>
    public void At(string name) => _steps[_depth - 1].Name = name;

    /// <summary>Goes on to an element of the innermost container.</summary>
    public void At(int index) => _steps[_depth - 1].Index = index;

    /// <summary>Creates the exception for the current value; <paramref name="text"/> follows its path.</summary>
    public BodyNotSerializableException Refuse(BodyRefusal reason, string text, Exception? cause = null) =>
        new(reason, ToString(), text, cause);

    /// <summary>The path in the notation of JSONPath: <c>$.files[3]['odd name']</c>.</summary>
    public override string ToString()
    {
        var path = new StringBuilder("$");
        for (var i = 0; i < _depth; i++)
        {
            var step = _steps[i];
            if (step.Name is null)
            {
                path.Append('[').Append(step.Index.ToString(CultureInfo.InvariantCulture)).Append(']');
            }
            else
            {
                path.Append(Segment(step.Name));
            }
        }

        return path.ToString();
    }

    /// <summary>A member's name as a path has it.</summary>
    public static string Segment(string name) =>
        IsPlain(name) ? "." + name : "['" + name.Replace("'", "\\'", StringComparison.Ordinal) + "']";

    private static bool IsPlain(string name) =>
        name.Length > 0 && name.All(static c => char.IsLetterOrDigit(c) || c is '_' or '-');

    private struct Step
    {
        public object? Container;
        public string? Name;
        public int Index;
        public bool WasCut;
    }
}

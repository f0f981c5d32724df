using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Cluster.Serialization;

/// <summary>
/// The way from the root of a body to the value that is being written: names the place of an error, bounds the depth
/// and finds cycles. The same object at two places is no cycle; only one inside itself is.
/// </summary>
/// <remarks>One thread at a time.</remarks>
internal sealed class BodyTrail
{
    private readonly Step[] _steps = new Step[BodyLimits.DeepestAllowed];
    private int _depth;
    private int _maxDepth;
    private int _instances;

    /// <summary>Whether the value at hand is somewhere inside a class instance.</summary>
    public bool InsideInstance => _instances > 0;

    /// <summary>Begins a body.</summary>
    public void Begin(int maxDepth)
    {
        _steps.AsSpan(0, Math.Min(_depth + 1, _steps.Length)).Clear();
        _depth = 0;
        _instances = 0;
        _maxDepth = maxDepth;
    }

    /// <summary>Goes into an array, map or object.</summary>
    /// <param name="container">The object whose identity shows a cycle.</param>
    /// <param name="isInstance">Whether it is a class instance.</param>
    /// <exception cref="BodyNotSerializableException">It is inside itself, or too deep.</exception>
    public void Enter(object container, bool isInstance = false)
    {
        for (var i = 0; i < _depth; i++)
        {
            if (ReferenceEquals(_steps[i].Container, container))
            {
                throw Refuse(BodyRefusal.Cycle, "is an object that contains it: a cycle cannot be sent");
            }
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

        _steps[_depth++] = new Step { Container = container, IsInstance = isInstance };
        _instances += isInstance ? 1 : 0;
    }

    /// <summary>Comes back out of the innermost container.</summary>
    public void Leave()
    {
        _depth--;
        _instances -= _steps[_depth].IsInstance ? 1 : 0;
        _steps[_depth] = default;
    }

    /// <summary>Goes on to a member of the innermost container.</summary>
    public void At(string name) => _steps[_depth - 1].Name = name;

    /// <summary>Goes on to an element of the innermost container.</summary>
    public void At(int index) => _steps[_depth - 1].Index = index;

    /// <summary>Makes the exception for the value at hand; <paramref name="text"/> goes on after its path.</summary>
    public BodyNotSerializableException Refuse(BodyRefusal reason, string text, Exception? cause = null)
    {
        var path = ToString();
        return new BodyNotSerializableException(reason, path, $"The message cannot be sent: {path} {text}.", cause);
    }

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
            else if (IsPlain(step.Name))
            {
                path.Append('.').Append(step.Name);
            }
            else
            {
                path.Append("['").Append(step.Name.Replace("'", "\\'", StringComparison.Ordinal)).Append("']");
            }
        }

        return path.ToString();
    }

    private static bool IsPlain(string name) =>
        name.Length > 0 && name.All(static c => char.IsLetterOrDigit(c) || c is '_' or '-');

    private struct Step
    {
        public object? Container;
        public string? Name;
        public int Index;
        public bool IsInstance;
    }
}

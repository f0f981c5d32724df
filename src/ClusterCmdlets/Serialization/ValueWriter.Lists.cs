using System.Collections;
using System.Management.Automation;

namespace Cluster.Serialization;

/// <content>Arrays and other collections.</content>
internal sealed partial class ValueWriter
{
    private void WriteList(object?[] items)
    {
        _trail.Enter(items);
        _json.WriteStartArray();
        for (var i = 0; i < items.Length; i++)
        {
            _trail.At(i);
            Write(items[i]);
        }

        _json.WriteEndArray();
        _trail.Leave();
    }

    private void WriteList(IEnumerable items)
    {
        _trail.Enter(items);
        _json.WriteStartArray();
        var enumerator = Guarded(items, static list => list.GetEnumerator());
        try
        {
            for (var i = 0; Guarded(enumerator, static e => e.MoveNext()); i++)
            {
                _trail.At(i);
                Write(Guarded(enumerator, static e => e.Current));
            }
        }
        finally
        {
            (enumerator as IDisposable)?.Dispose();
        }

        _json.WriteEndArray();
        _trail.Leave();
    }

    // An array of several dimensions is sent as arrays in arrays.
    private void WriteGrid(Array grid, int dimension, int[] at)
    {
        // The grid itself is entered once per dimension, so a view of it stands for the inner ones.
        _trail.Enter(dimension == 0 ? grid : new object());
        _json.WriteStartArray();
        for (var i = 0; i < grid.GetLength(dimension); i++)
        {
            at[dimension] = grid.GetLowerBound(dimension) + i;
            _trail.At(i);
            if (dimension + 1 < grid.Rank)
            {
                WriteGrid(grid, dimension + 1, at);
            }
            else
            {
                Write(grid.GetValue(at));
            }
        }

        _json.WriteEndArray();
        _trail.Leave();
    }

    // Calls a collection, which is a user's or the framework's code.
    private TResult Guarded<TCollection, TResult>(TCollection collection, Func<TCollection, TResult> call)
    {
        try
        {
            return call(collection);
        }
        catch (Exception e) when (e is not (PipelineStoppedException or OutOfMemoryException))
        {
            throw _trail.Refuse(BodyRefusal.EnumerationFailed, $"cannot be enumerated: {e.Message}", e);
        }
    }
}

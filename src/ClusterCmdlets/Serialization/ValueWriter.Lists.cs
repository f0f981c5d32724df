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
            GuardSize(0);
            Write(items[i]);
        }

        _json.WriteEndArray();
        _trail.Leave();
    }

    private void WriteList(IEnumerable items)
    {
        _trail.Enter(items);
        _json.WriteStartArray();
        var enumerator = EnumeratorOf(items);
        try
        {
            for (var i = 0; MoveNext(enumerator); i++)
            {
                _trail.At(i);
                GuardSize(0);
                Write(CurrentOf(enumerator));
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
                GuardSize(0);
                Write(grid.GetValue(at));
            }
        }

        _json.WriteEndArray();
        _trail.Leave();
    }

    // A collection may be the user's code: an exception that it throws is reported with its path.
    private IDictionaryEnumerator EnumeratorOf(IDictionary map)
    {
        try
        {
            return map.GetEnumerator();
        }
        catch (Exception e) when (IsOfValue(e))
        {
            throw NotEnumerable(e);
        }
    }

    private IEnumerator EnumeratorOf(IEnumerable collection)
    {
        try
        {
            return collection.GetEnumerator();
        }
        catch (Exception e) when (IsOfValue(e))
        {
            throw NotEnumerable(e);
        }
    }

    private bool MoveNext(IEnumerator enumerator)
    {
        try
        {
            return enumerator.MoveNext();
        }
        catch (Exception e) when (IsOfValue(e))
        {
            throw NotEnumerable(e);
        }
    }

    private object? CurrentOf(IEnumerator enumerator)
    {
        try
        {
            return enumerator.Current;
        }
        catch (Exception e) when (IsOfValue(e))
        {
            throw NotEnumerable(e);
        }
    }

    private static bool IsOfValue(Exception exception) => exception is not (PipelineStoppedException or OutOfMemoryException);

    private BodyNotSerializableException NotEnumerable(Exception cause) =>
        _trail.Refuse(BodyRefusal.EnumerationFailed, $"cannot be enumerated: {cause.Message}", cause);
}

using Cluster.Messaging;
using FsCheck.Xunit;

namespace Cluster.UnitTests.Messaging;

/// <summary>The queue against a plain list that does the same slowly.</summary>
public sealed class SelectiveQueueTests
{
    [Property(MaxTest = 300)]
    public bool It_does_what_a_list_does(int seed)
    {
        var random = new Random(seed);
        var queue = new SelectiveQueue<string>();
        var list = new List<string>();
        for (var step = 0; step < 2000; step++)
        {
            switch (random.Next(5))
            {
                case 0 or 1:
                    // Few kinds, so that some stay at the front while others come and go.
                    var item = $"{random.Next(4)} {step}";
                    queue.Add(item, isRecord: random.Next(2) == 0);
                    list.Add(item);
                    break;
                case 2:
                    var kind = (char)('0' + random.Next(4));
                    var index = list.FindIndex(one => one[0] == kind);
                    var taken = queue.Take(one => one[0] == kind);
                    if (taken != (index < 0 ? null : list[index]) || (index >= 0 && queue.Contains(one => one == taken)))
                    {
                        return false;
                    }

                    if (index >= 0)
                    {
                        list.RemoveAt(index);
                    }

                    break;
                case 3:
                    var first = queue.Take(null);
                    if (first != list.FirstOrDefault())
                    {
                        return false;
                    }

                    if (first is not null && random.Next(2) == 0)
                    {
                        queue.PutBack(first);
                    }
                    else if (first is not null)
                    {
                        list.RemoveAt(0);
                    }

                    break;
                default:
                    if (queue.Count != list.Count || queue.Contains(null) != (list.Count > 0))
                    {
                        return false;
                    }

                    break;
            }
        }

        return true;
    }

    [Fact]
    public void Records_are_dropped_oldest_first_also_when_gaps_were_closed()
    {
        var queue = new SelectiveQueue<string>();
        queue.Add("stays", isRecord: false);
        for (var i = 0; i < 1000; i++)
        {
            queue.Add($"goes {i}", isRecord: i % 2 == 0);
            Assert.Equal($"goes {i}", queue.Take(item => item != "stays"));
        }

        var dropped = 0;
        for (var i = 0; i < SelectiveQueue<string>.MaxRecords + 3; i++)
        {
            dropped += queue.Add($"record {i}", isRecord: true);
        }

        Assert.Equal(3, dropped);
        Assert.Equal("stays", queue.Take(null));
        Assert.Equal("record 3", queue.Take(null));
        Assert.Equal(SelectiveQueue<string>.MaxRecords - 1, queue.Count);
    }

    [Fact]
    public void Records_that_were_read_do_not_make_others_go()
    {
        var queue = new SelectiveQueue<string>();
        queue.Add("unread", isRecord: true);
        for (var i = 0; i < 3 * SelectiveQueue<string>.MaxRecords; i++)
        {
            Assert.Equal(0, queue.Add($"read {i}", isRecord: true));
            Assert.Equal($"read {i}", queue.Take(item => item != "unread"));
        }

        Assert.Equal("unread", queue.Take(null));
    }
}

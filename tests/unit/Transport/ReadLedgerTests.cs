using Cluster.Transport;
using FsCheck.Xunit;

namespace Cluster.UnitTests.Transport;

/// <summary>The receiver's account of what was read agrees with the sender's of what was not.</summary>
public sealed class ReadLedgerTests
{
    private static readonly ChannelLimits Limits = new(1000, 8, 1_000_000);

    [Property(MaxTest = 300)]
    public bool Both_accounts_agree_whatever_the_order_of_reading(int seed)
    {
        var random = new Random(seed);
        var unread = new UnreadMessages();
        var ledger = new ReadLedger();
        var sequences = Enumerable.Range(1, 40).Select(number => (long)number).ToArray();
        foreach (var sequence in sequences)
        {
            unread.Add(new SentMessage(FrameKind.Message, new DataHeader(sequence, DateTime.UnixEpoch, IsRaw: true), new byte[sequence], null));
        }

        random.Shuffle(sequences);
        var read = sequences[..random.Next(sequences.Length)];
        foreach (var sequence in read)
        {
            if (ledger.Note(sequence, (int)sequence, Limits) is { } credit)
            {
                ReadLedger.Apply(credit, unread);
            }
        }

        if (ledger.Flush() is { } rest)
        {
            ReadLedger.Apply(rest, unread);
        }

        var left = sequences.Except(read).Order().ToArray();
        return unread.Bytes == left.Sum() && unread.ReadCount == read.Length && unread.TakeLost().Select(frame => frame.Header.Sequence).SequenceEqual(left);
    }

    [Fact]
    public void Credit_is_due_after_a_quarter_of_the_queue()
    {
        var ledger = new ReadLedger();
        Assert.Null(ledger.Note(1, 1, Limits));
        Assert.NotNull(ledger.Note(2, 1, Limits));
        Assert.Null(ledger.Flush());
        Assert.NotNull(ledger.Note(3, 250_000, Limits));
    }
}

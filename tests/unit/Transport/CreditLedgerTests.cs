using Cluster.Transport;
using FsCheck.Xunit;

namespace Cluster.UnitTests.Transport;

/// <summary>The receiver's account of what was read agrees with the sender's of what was not.</summary>
public sealed class CreditLedgerTests
{
    private static readonly ChannelLimits Limits = new(1000, 8, 1_000_000);

    [Property(MaxTest = 300)]
    public bool Both_accounts_agree_whatever_the_order_of_reading(int seed)
    {
        var random = new Random(seed);
        var unread = new InFlightMessages();
        var ledger = new CreditLedger();
        var sequences = Enumerable.Range(1, 40).Select(number => (long)number).ToArray();
        foreach (var sequence in sequences)
        {
            unread.Add(new SentMessage(FrameKind.Message, new DataHeader(sequence, DateTime.UnixEpoch, IsRaw: true), new byte[sequence], null));
        }

        random.Shuffle(sequences);
        var read = sequences[..random.Next(sequences.Length)];
        foreach (var sequence in read)
        {
            if (ledger.Add(sequence, (int)sequence, Limits) is { } credit)
            {
                CreditLedger.Apply(credit, unread);
            }
        }

        if (ledger.TakePending() is { } rest)
        {
            CreditLedger.Apply(rest, unread);
        }

        var left = sequences.Except(read).Order().ToArray();
        return unread.Bytes == left.Sum() && unread.ReadCount == read.Length && unread.TakeLost().Select(frame => frame.Header.Sequence).SequenceEqual(left);
    }

    [Fact]
    public void Credit_is_due_after_a_quarter_of_the_queue()
    {
        var ledger = new CreditLedger();
        Assert.Null(ledger.Add(1, 1, Limits));
        Assert.NotNull(ledger.Add(2, 1, Limits));
        Assert.Null(ledger.TakePending());
        Assert.NotNull(ledger.Add(3, 250_000, Limits));
    }
}

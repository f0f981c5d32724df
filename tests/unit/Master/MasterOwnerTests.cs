using Cluster.Master;

namespace Cluster.UnitTests.Master;

/// <summary>Whom a master belongs to.</summary>
public sealed class MasterOwnerTests
{
    [Fact]
    public void Two_owners_of_the_same_session_are_equal_and_the_process_is_the_owner_without_one()
    {
        using var session = System.Management.Automation.Runspaces.RunspaceFactory.CreateRunspace(System.Management.Automation.Runspaces.InitialSessionState.CreateDefault2());
        using var other = System.Management.Automation.Runspaces.RunspaceFactory.CreateRunspace(System.Management.Automation.Runspaces.InitialSessionState.CreateDefault2());
        Assert.Equal(MasterOwner.Of(session), MasterOwner.Of(session));
        Assert.NotEqual(MasterOwner.Of(session), MasterOwner.Of(other));
        Assert.Same(MasterOwner.Process, MasterOwner.Of(null));
    }

    [Fact]
    public void A_session_that_closes_says_so_once()
    {
        var ends = 0;
        using (var session = System.Management.Automation.Runspaces.RunspaceFactory.CreateRunspace(System.Management.Automation.Runspaces.InitialSessionState.CreateDefault2()))
        {
            session.Open();
            MasterOwner.Of(session).OnEnd(() => ends++);
            session.Close();
        }

        Assert.Equal(1, ends);
    }
}

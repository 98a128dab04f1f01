namespace IdP.Access;

/// <summary>The one check in front of every administrative write, until permissions are finer than "administrator".</summary>
public static class Administration
{
    /// <summary>Why this actor may not administer; null when it may.</summary>
    public static Failure? Refusal(this Actor actor) =>
        actor.IsAdministrator ? null : Failure.Forbidden("Only an administrator may do this.");
}

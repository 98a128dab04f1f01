namespace IdP.Protocol.Authorize;

/// <summary>Values of <c>prompt</c> that not every provider has. Set by the capability that answers them, not by an operator.</summary>
public sealed class PromptOptions
{
    /// <summary>Whether people make accounts themselves (Initiating User Registration via OpenID Connect 1.0). Default false.</summary>
    public bool Create { get; set; }
}

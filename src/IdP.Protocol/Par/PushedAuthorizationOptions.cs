using System.ComponentModel.DataAnnotations;

namespace IdP.Protocol.Par;

/// <summary>Section <c>PushedAuthorization</c>: authorization requests that apps send ahead, from server to server (RFC 9126).</summary>
public sealed class PushedAuthorizationOptions : IValidatableObject
{
    /// <summary>Whether there is an endpoint at all. Default true; false makes every <c>request_uri</c> issued before useless.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Whether every client must push its requests, whatever its own setting says. Default false.</summary>
    public bool Required { get; set; }

    /// <summary>
    /// How long after the push the browser may bring the <c>request_uri</c>, in seconds (<c>expires_in</c>). Default 90. The person may take longer to sign in:
    /// a request that arrived in time is finished.
    /// </summary>
    [Range(10, 600)]
    public int Lifetime { get; set; } = 90;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Required && !Enabled) yield return new("PushedAuthorization:Required needs PushedAuthorization:Enabled, or no app could ask for anything.");
    }
}

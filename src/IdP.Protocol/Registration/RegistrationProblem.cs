namespace IdP.Protocol.Registration;

/// <summary>Why a registration is refused (RFC 7591 3.2.2).</summary>
public sealed record RegistrationProblem(string Error, string Description)
{
    public static RegistrationProblem Metadata(string description) => new(RegistrationErrors.InvalidClientMetadata, description);
}

/// <summary>Error codes of RFC 7591 3.2.2.</summary>
public static class RegistrationErrors
{
    public const string InvalidRedirectUri = "invalid_redirect_uri";
    public const string InvalidClientMetadata = "invalid_client_metadata";
    public const string InvalidSoftwareStatement = "invalid_software_statement";
    public const string UnapprovedSoftwareStatement = "unapproved_software_statement";
}

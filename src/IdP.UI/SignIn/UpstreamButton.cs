namespace IdP.UI.SignIn;

/// <summary>An upstream provider as offered on the sign-in page.</summary>
public sealed record UpstreamButton(string Name, string DisplayName);

namespace Fuzz;

/// <summary>The clients and users of <c>clients.json</c> that requests are made for.</summary>
internal static class FuzzClients
{
    public static readonly TestClient Gateway = new("gateway", "gateway-secret");
    public static readonly TestClient Tv = new("tv");
    public static readonly TestClient Till = new("till", "till-secret");
    public static readonly TestClient Bearer = new("bearer", "bearer-secret");
    public static readonly TestClient Hmac = new("hmac", "a-secret-that-is-long-enough-for-HS512-because-it-has-more-than-64-bytes");
    public static readonly TestClient Sealed = new("sealed", "sealed-secret", "https://sealed.example.test/cb");

    /// <summary>Several, because wrong passwords lock an account.</summary>
    public static readonly string[] Tellers = ["teller1", "teller2", "teller3", "teller4", "teller5"];

    public const string TellerPassword = "Correct-Horse-4-Battery";

    /// <summary>Signs for <see cref="PortalIssuer"/>, whose assertions the client <see cref="Bearer"/> may bring.</summary>
    public static readonly TestKey PortalKey = TestKey.Elliptic("portal");

    public const string PortalIssuer = "https://portal.example.test";

    public static IEnumerable<string> Secrets => [Gateway.Secret!, Till.Secret!, Bearer.Secret!, Hmac.Secret!, Sealed.Secret!, TellerPassword]; // written above

    /// <summary>What is added to the configuration of the tests.</summary>
    public static string[] Configuration(string clients) => [clients.Replace("\"$portal\"", TestKey.Set(PortalKey), StringComparison.Ordinal), OlderClients.Configuration];
}

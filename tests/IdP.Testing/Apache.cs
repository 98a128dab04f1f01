using System.Globalization;

namespace IdP.Testing;

/// <summary>
/// Debian's Apache with mod_auth_openidc as a process of its own on loopback: the module is the relying party, the "app" behind it is one
/// page that prints what the module tells it about the person.
/// </summary>
public sealed class Apache : IAsyncDisposable
{
    private const string Program = "/usr/sbin/apache2";
    private const string Modules = "/usr/lib/apache2/modules";

    private readonly string folder;
    private readonly Uri origin;
    private ServerProcess? server;

    private Apache(string folder, int port)
    {
        this.folder = folder;
        origin = OriginAt(port);
    }

    /// <param name="port">Chosen before, because the client's registration at the provider names it.</param>
    /// <param name="client">Its secret goes into the module's configuration, its URIs must be those of <see cref="RedirectUriAt"/> and <see cref="LoggedOutUriAt"/>.</param>
    public static async Task<Apache> StartAsync(int port, Uri issuer, TestClient client, string scope)
    {
        if (!File.Exists(Program) || !File.Exists($"{Modules}/mod_auth_openidc.so"))
            throw new InvalidOperationException("Apache with mod_auth_openidc is missing. Install it: apt-get install apache2-bin libapache2-mod-auth-openidc (or run ./test.sh as root).");

        var folder = Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"idp-apache-{Environment.ProcessId}-{port}"));
        try
        {
            WriteSite(folder);
            await File.WriteAllTextAsync(ConfigurationIn(folder), Configuration(folder, port, issuer, client, scope));
            var apache = new Apache(folder, port);
            await apache.StartAgainAsync();
            return apache;
        }
        catch (Exception failed)
        {
            var log = ReadLog(folder);
            Directory.Delete(folder, recursive: true);
            throw new InvalidOperationException("Apache did not start:" + Environment.NewLine + log, failed);
        }
    }

    /// <summary>What it remembers of people is on the disk and is there again afterwards.</summary>
    public async Task StopAsync()
    {
        if (server is not null) await server.DisposeAsync();
        server = null;
    }

    public async Task StartAgainAsync()
    {
        // -X: one process with its threads, so that nothing of it can outlive the tests.
        var process = await ChildProcess.StartAsync(Program, ["-X", "-d", folder, "-f", ConfigurationIn(folder)], folder);
        server = await ServerProcess.WatchAsync(process, origin, "/out.html");
    }

    public static Uri OriginAt(int port) => new(string.Create(CultureInfo.InvariantCulture, $"http://localhost:{port}"));

    /// <summary>The one address at which the module takes everything: answers of the provider, logout, refresh.</summary>
    public static string RedirectUriAt(int port) => new Uri(OriginAt(port), "/oidc").AbsoluteUri;

    public static string LoggedOutUriAt(int port) => new Uri(OriginAt(port), "/out.html").AbsoluteUri;

    /// <summary>The page for whoever signed in.</summary>
    public Uri Page => new(origin, "/app/page.html");

    /// <summary>The same, but the module refreshes the tokens before each view, and ends its session when the provider refuses.</summary>
    public Uri AlwaysFreshPage => new(origin, "/fresh/page.html");

    /// <summary>The module's own address with one of its hooks, such as <c>logout</c>.</summary>
    public Uri Hook(params IEnumerable<KeyValuePair<string, string?>> parameters) =>
        new(Microsoft.AspNetCore.WebUtilities.QueryHelpers.AddQueryString(new Uri(origin, "/oidc").AbsoluteUri, parameters));

    /// <summary>What Apache and the module logged, for the message of a failing test.</summary>
    public string Log => ReadLog(folder);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static string ConfigurationIn(string folder) => Path.Combine(folder, "apache.conf");

    private static string ReadLog(string folder) => File.Exists(Path.Combine(folder, "error.log")) ? File.ReadAllText(Path.Combine(folder, "error.log")) : "";

    private static void WriteSite(string folder)
    {
        Directory.CreateDirectory(folder);
        var cache = Directory.CreateDirectory(Path.Combine(folder, "cache"));
        if (Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows()) cache.UnixFileMode = (UnixFileMode)0b111_111_111; // the server changes its user
        File.WriteAllText(Path.Combine(folder, "out.html"), "You have left the app.");
        foreach (var area in (string[])["app", "fresh"])
        {
            Directory.CreateDirectory(Path.Combine(folder, area));
            File.WriteAllText(Path.Combine(folder, area, "page.html"), """
                sub=<!--#echo var="OIDC_CLAIM_sub" -->
                name=<!--#echo var="OIDC_CLAIM_name" -->
                email=<!--#echo var="OIDC_CLAIM_email" -->
                iss=<!--#echo var="OIDC_CLAIM_iss" -->
                access_token=<!--#echo var="OIDC_access_token" -->
                """);
        }
    }

    private static string Configuration(string folder, int port, Uri issuer, TestClient client, string scope) => string.Create(CultureInfo.InvariantCulture, $$"""
        LoadModule mpm_event_module {{Modules}}/mod_mpm_event.so
        LoadModule authn_core_module {{Modules}}/mod_authn_core.so
        LoadModule authz_core_module {{Modules}}/mod_authz_core.so
        LoadModule authz_user_module {{Modules}}/mod_authz_user.so
        LoadModule include_module {{Modules}}/mod_include.so
        LoadModule auth_openidc_module {{Modules}}/mod_auth_openidc.so

        {{(Environment.IsPrivilegedProcess ? "User www-data\nGroup www-data" : "")}}
        ServerName localhost:{{port}}
        Listen 127.0.0.1:{{port}}
        PidFile {{folder}}/apache.pid
        DefaultRuntimeDir {{folder}}
        Mutex file:{{folder}} default
        ErrorLog {{folder}}/error.log
        LogLevel warn auth_openidc:info
        DocumentRoot {{folder}}
        <Directory {{folder}}>
          Require all denied
          Options +Includes
          <Files "*.html">
            Require all granted
          </Files>
        </Directory>

        OIDCProviderMetadataURL {{issuer.AbsoluteUri}}.well-known/openid-configuration
        OIDCClientID {{client.ClientId}}
        OIDCClientSecret {{client.Secret}}
        OIDCRedirectURI {{client.RedirectUri}}
        OIDCDefaultLoggedOutURL {{client.PostLogoutRedirectUri}}
        OIDCScope "{{scope}}"
        OIDCPKCEMethod S256
        OIDCCryptoPassphrase {{Guid.NewGuid():N}}
        OIDCCacheType file
        OIDCCacheDir {{folder}}/cache

        <Location /oidc>
          AuthType openid-connect
          Require valid-user
        </Location>
        <Location /app>
          AuthType openid-connect
          Require valid-user
          ForceType text/plain
          SetOutputFilter INCLUDES
        </Location>
        <Location /fresh>
          AuthType openid-connect
          Require valid-user
          ForceType text/plain
          SetOutputFilter INCLUDES
          OIDCRefreshAccessTokenBeforeExpiry 86400 logout_on_error
        </Location>

        """);
}

using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.IdentityModel.Tokens;
using OpenIddictSample;

// What a developer builds in an afternoon from the engine's documentation: its own stores, ASP.NET Core Identity, every default.
// Three things differ, so that the figures can be compared: access tokens are not encrypted, they are signed with an RSA key of 2048 bits
// instead of 4096, and only warnings are logged.
var builder = WebApplication.CreateBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.AddDbContext<SampleDbContext>(options => options.UseNpgsql(builder.Configuration.GetConnectionString("Sample")).UseOpenIddict());
builder.Services.AddIdentity<IdentityUser, IdentityRole>().AddEntityFrameworkStores<SampleDbContext>().AddDefaultTokenProviders();
builder.Services.ConfigureApplicationCookie(options => options.LoginPath = "/login");
builder.Services.AddAntiforgery();
builder.Services.AddOpenIddict()
    .AddCore(core => core.UseEntityFrameworkCore().UseDbContext<SampleDbContext>())
    .AddServer(server =>
    {
        server.SetAuthorizationEndpointUris("connect/authorize")
            .SetTokenEndpointUris("connect/token")
            .SetUserInfoEndpointUris("connect/userinfo")
            .SetIntrospectionEndpointUris("connect/introspect")
            .SetConfigurationEndpointUris(".well-known/openid-configuration")
            .SetJsonWebKeySetEndpointUris(".well-known/openid-configuration/jwks");
        server.AllowAuthorizationCodeFlow().RequireProofKeyForCodeExchange().AllowRefreshTokenFlow().AllowClientCredentialsFlow();
        server.RegisterScopes("openid", "profile", "api.read");
        server.AddEphemeralEncryptionKey().AddSigningKey(new RsaSecurityKey(RSA.Create(2048))).DisableAccessTokenEncryption();
        server.UseAspNetCore().DisableTransportSecurityRequirement().EnableAuthorizationEndpointPassthrough().EnableTokenEndpointPassthrough().EnableUserInfoEndpointPassthrough();
    });

var app = builder.Build();
await Seed.RunAsync(app);
app.UseAuthentication();
app.UseAntiforgery();
app.MapProtocol();
app.MapLogin();
await app.RunAsync();

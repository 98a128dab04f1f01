using Microsoft.AspNetCore.Identity;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace OpenIddictSample;

/// <summary>The clients, the scope and as many people as the setting <c>Users</c> says, all with the same password.</summary>
internal static class Seed
{
    public static async Task RunAsync(WebApplication app)
    {
        await using var scope = app.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<SampleDbContext>();
        await db.Database.EnsureCreatedAsync();

        var scopes = scope.ServiceProvider.GetRequiredService<IOpenIddictScopeManager>();
        await scopes.CreateAsync(new OpenIddictScopeDescriptor { Name = "api.read", Resources = { "urn:bench:api" } });

        var clients = scope.ServiceProvider.GetRequiredService<IOpenIddictApplicationManager>();
        await clients.CreateAsync(new OpenIddictApplicationDescriptor
        {
            ClientId = "service",
            ClientSecret = "service-secret",
            Permissions = { Permissions.Endpoints.Token, Permissions.GrantTypes.ClientCredentials, Permissions.Prefixes.Scope + "api.read" },
        });
        await clients.CreateAsync(new OpenIddictApplicationDescriptor { ClientId = "urn:bench:api", ClientSecret = "api-secret", Permissions = { Permissions.Endpoints.Introspection } });
        foreach (var id in (string[])["app", "reader"])
            await clients.CreateAsync(new OpenIddictApplicationDescriptor
            {
                ClientId = id,
                ClientSecret = id + "-secret",
                RedirectUris = { new Uri("https://app.example.test/cb") },
                Permissions =
                {
                    Permissions.Endpoints.Authorization, Permissions.Endpoints.Token, Permissions.GrantTypes.AuthorizationCode, Permissions.GrantTypes.RefreshToken,
                    Permissions.ResponseTypes.Code, Permissions.Scopes.Profile, Permissions.Prefixes.Scope + "api.read",
                },
            });

        var hash = scope.ServiceProvider.GetRequiredService<IPasswordHasher<IdentityUser>>().HashPassword(new IdentityUser(), app.Configuration["Password"] ?? throw new InvalidOperationException("The setting Password is missing."));
        db.Users.AddRange(Enumerable.Range(0, app.Configuration.GetValue("Users", 20)).Select(i => new IdentityUser($"user{i:0000}")
        {
            NormalizedUserName = $"USER{i:0000}",
            PasswordHash = hash,
            SecurityStamp = Guid.NewGuid().ToString(),
        }));
        await db.SaveChangesAsync();
    }
}

using IdP.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace IdP.Migrations.PostgreSql;

/// <summary>Used by <c>dotnet ef migrations add NAME --project migrations/IdP.Migrations.PostgreSql</c>; it never opens the database.</summary>
public sealed class DesignTimeFactory : IDesignTimeDbContextFactory<IdpDbContext>
{
    public IdpDbContext CreateDbContext(string[] args) =>
        new((DbContextOptions<IdpDbContext>)new DbContextOptionsBuilder<IdpDbContext>().UseDatabase(DatabaseProvider.PostgreSql, "Host=localhost;Database=design").Options);
}

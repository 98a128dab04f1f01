using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace IdP.Migrations.PostgreSql.Migrations
{
    /// <inheritdoc />
    public partial class VacuumOfShortLivedRows : Migration
    {
        private static readonly string[] Tables = ["Tokens", "Grants", "Sessions"];

        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // Rows come and go here all the time. To give the end of the file back, autovacuum would take an exclusive lock for which every sign-in waits,
            // and at its usual pace it writes so much that commits wait for it (docs/performance.md).
            foreach (var table in Tables)
                migrationBuilder.Sql($"""ALTER TABLE "{table}" SET (vacuum_truncate = off, autovacuum_vacuum_cost_delay = 10);""");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            foreach (var table in Tables)
                migrationBuilder.Sql($"""ALTER TABLE "{table}" RESET (vacuum_truncate, autovacuum_vacuum_cost_delay);""");
        }
    }
}

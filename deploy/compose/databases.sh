#!/bin/sh
# A database and a user for each service; neither can reach the other's. The passwords come from
# the environment of the first start.
set -eu
for service in auth posts; do
    eval "password=\$$(echo $service | tr a-z A-Z)_DATABASE_PASSWORD"
    psql --set ON_ERROR_STOP=1 --username postgres --set password="$password" --set service="$service" <<'SQL'
CREATE ROLE :"service" LOGIN PASSWORD :'password';
CREATE DATABASE :"service" OWNER :"service";
REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
SQL
done

//! Packs under the EU's falsified-medicines directive.

use crate::Step;

pub(crate) const STEP: Step = Step {
    name: "s22b_dscsa",
    common: "
        CREATE TABLE dscsa_pack (
            tenant_id integer NOT NULL,
            epc CTEXT NOT NULL,
            state CTEXT NOT NULL,
            version bigint NOT NULL,
            document text NOT NULL,
            CONSTRAINT dscsa_pack_pkey PRIMARY KEY (tenant_id, epc)
        );",
    postgres: "",
    sqlite: "",
    tenant_tables: &["dscsa_pack"],
};
